import { createHash, timingSafeEqual } from 'node:crypto';
import { randomSecret } from '#app/system';

/** Who may use the console: a person with the start's link, which works once, or with the console's token. */
export class ConsoleAccess {
  private readonly sessions = new Set<string>();
  private linkKey: string | null = randomSecret();

  constructor(
    private readonly token: string,
    private readonly port: number,
  ) {}

  /** The address to open first. */
  get link(): string {
    return `http://localhost:${this.port}/enter?key=${this.linkKey ?? ''}`;
  }

  /** The hosts by which a browser on this machine names the console. */
  get hosts(): string[] {
    return ['localhost', '127.0.0.1', '[::1]'].map((host) => `${host}:${this.port}`);
  }

  /** Cookies of one host are shared by its ports: the name tells apart two local runs. */
  get cookieName(): string {
    return `contact_sync_console_${this.port}`;
  }

  /** A new session; null if the key is not the link's, or was used before. */
  enterByLink(key: string): string | null {
    if (this.linkKey === null || !isSame(key, this.linkKey)) return null;
    this.linkKey = null;
    return this.begin();
  }

  /** A new session; null if the token is wrong. */
  enterByToken(token: string): string | null {
    return isSame(token.trim(), this.token) ? this.begin() : null;
  }

  /** Whether a request's cookies have a session of this run. */
  admits(cookies: string | undefined): boolean {
    const prefix = `${this.cookieName}=`;
    const cookie = cookies?.split('; ').find((each) => each.startsWith(prefix));
    return cookie !== undefined && this.sessions.has(cookie.slice(prefix.length));
  }

  private begin(): string {
    const session = randomSecret();
    this.sessions.add(session);
    return session;
  }
}

/** In the same time, whatever differs. */
function isSame(given: string, wanted: string): boolean {
  const [one, other] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(one!, other!);
}
