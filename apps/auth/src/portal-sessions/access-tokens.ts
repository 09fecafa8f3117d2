import { decodeJwt, exportJWK, importJWK, jwtVerify, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { NoSession } from './portal-session.errors.js';

const TYPE = 'at+jwt';
const ALGORITHMS = ['ES256', 'EdDSA'];

/** What the tokens of one deployment have in common: tokens of another one are refused, whatever key signed them. */
export interface TokenTerms {
  issuer: string;
  audience: string;
  ttlSeconds: number;
}

/** The claims of an access token. */
export interface AccessClaims {
  jti: string;
  contactId: number;
  sessionVersion: number;
}

interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  publicJwk: JWK;
}

/** What a token is made of. */
export interface NewToken extends AccessClaims {
  /** When its session ends, by the database's clock, which all replicas share; in seconds since 1970. */
  expiresAt: number;
}

/** Makes and reads the portal's access tokens. */
export class AccessTokens {
  private readonly byId: ReadonlyMap<string, SigningKey>;

  private constructor(
    private readonly keys: readonly [SigningKey, ...SigningKey[]],
    private readonly terms: TokenTerms,
  ) {
    this.byId = new Map(keys.map((key) => [key.kid, key]));
  }

  /** @param jwks private keys; the first one signs, all of them verify */
  static async from(jwks: string, terms: TokenTerms): Promise<AccessTokens> {
    const { keys } = JSON.parse(jwks) as { keys: JWK[] };
    const [first, ...others] = await Promise.all(keys.map(readKey));
    if (!first) throw new Error('The key set is empty.');
    return new AccessTokens([first, ...others], terms);
  }

  issue({ jti, contactId, sessionVersion, expiresAt }: NewToken): Promise<string> {
    const [{ kid, alg, privateKey }] = this.keys;
    const { issuer, audience, ttlSeconds } = this.terms;
    return new SignJWT({ contact_id: contactId, session_version: sessionVersion })
      .setProtectedHeader({ alg, kid, typ: TYPE })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(String(contactId))
      .setJti(jti)
      .setIssuedAt(expiresAt - ttlSeconds)
      .setExpirationTime(expiresAt)
      .sign(privateKey);
  }

  /**
   * Whether the session has ended is not asked here: its row says so, by the database's clock. The clock of this process can be wrong.
   * @throws {NoSession} if another party made the token, or it has expired before it was made
   */
  async read(token: string): Promise<AccessClaims> {
    const payload = await this.verified(token);
    const { jti, contact_id: contactId, session_version: sessionVersion } = payload;
    if (typeof jti !== 'string' || typeof contactId !== 'number' || typeof sessionVersion !== 'number') throw new NoSession();
    return { jti, contactId, sessionVersion };
  }

  get ttlSeconds(): number {
    return this.terms.ttlSeconds;
  }

  /** The public halves of all keys. */
  get publicKeys(): { keys: JWK[] } {
    return { keys: this.keys.map(({ publicJwk }) => publicJwk) };
  }

  private async verified(token: string): Promise<JWTPayload> {
    try {
      const keyOf = ({ kid, alg }: { kid?: string; alg?: string }): CryptoKey => {
        const key = this.byId.get(kid ?? '');
        if (!key || key.alg !== alg) throw new NoSession();
        return key.publicKey;
      };
      const { issuer, audience } = this.terms;
      const currentDate = new Date(1_000 * Number(decodeJwt(token).iat));
      const expected = { issuer, audience, typ: TYPE, algorithms: ALGORITHMS, currentDate };
      return (await jwtVerify(token, keyOf, expected)).payload;
    } catch {
      throw new NoSession();
    }
  }
}

async function readKey(jwk: JWK): Promise<SigningKey> {
  const alg = jwk.kty === 'OKP' ? 'EdDSA' : 'ES256';
  const { kid = '', d: _private, key_ops: _operations, ...publicHalf } = jwk;
  const privateKey = (await importJWK(jwk, alg)) as CryptoKey;
  const publicKey = (await importJWK({ ...publicHalf, ext: true }, alg)) as CryptoKey;
  return { kid, alg, privateKey, publicKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}
