import type { EventEmitter } from 'node:events';

/** So many questions in a row without an answer end a connection: one can get lost, and the statement be hours old. */
const MOST_UNANSWERED = 3;

interface Watched {
  /** How long a statement waits before the database is asked whether it is there, and between two such questions. */
  ms: number;
  /** Whether the database answers nobody. */
  isSilent: () => Promise<boolean>;
  /** Ends the connection, and with it the statements under way. */
  cut: () => void;
}

/**
 * Ends a connection whose statements may take as long as they need, once the database is silent: it gives no new connection either. Without it an
 * operator's command waits for ever. Behind a pooler it is the pooler that answers.
 */
export class SilenceWatch {
  private timer: NodeJS.Timeout | undefined;
  private unanswered = 0;
  private isOver = false;

  /** @param client emits `drain` when all its statements are answered, and `end` */
  constructor(
    client: EventEmitter,
    private readonly watched: Watched,
  ) {
    client.on('drain', () => {
      this.unanswered = 0;
      this.pause();
    });
    client.once('end', () => {
      this.isOver = true;
      this.pause();
    });
  }

  /** A statement is under way. */
  begin(): void {
    if (!this.isOver) this.timer ??= setTimeout(() => void this.look(), this.watched.ms);
  }

  private pause(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async look(): Promise<void> {
    const { timer } = this;
    const isSilent = await this.watched.isSilent();
    // All statements were answered meanwhile.
    if (this.timer !== timer) return;
    this.unanswered = isSilent ? this.unanswered + 1 : 0;
    if (this.unanswered >= MOST_UNANSWERED) return this.watched.cut();
    this.pause();
    this.begin();
  }
}

/** Whether no answer came to an attempt to connect. */
export const isSilence = (error: unknown): boolean => {
  const { code, message } = error as NodeJS.ErrnoException;
  return message === 'timeout expired' || /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code ?? '');
};
