import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a certificate and its private key, in PEM. */
export interface Certificate {
  cert: string;
  key: string;
  /** Both in one file, as Kafka reads them. */
  both: string;
}

/** Names and addresses that a certificate is valid for. */
const THIS_MACHINE = 'IP:127.0.0.1,IP:::1';
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const DAYS = ['-days', '2'];

/** A private certificate authority in a folder, and the certificates that it signs. It needs the program openssl. */
export class CertificateAuthority {
  private constructor(
    private readonly folder: string,
    /** Its own certificate. */
    readonly file: string,
  ) {}

  static create(folder: string): CertificateAuthority {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'ca.pem');
    openssl(
      'req',
      '-x509',
      ...KEY,
      '-keyout',
      join(folder, 'ca.key'),
      '-out',
      file,
      ...DAYS,
      '-subj',
      '/CN=contact-sync test CA',
    );
    return new CertificateAuthority(folder, file);
  }

  /** Signs a certificate of a server or a client with this common name, for the given alternative names. */
  issue(name: string, alternativeNames = THIS_MACHINE): Certificate {
    const path = (suffix: string): string => join(this.folder, `${name}.${suffix}`);
    const [cert, key, both, request, extensions] = [path('pem'), path('key'), path('both.pem'), path('csr'), path('ext')];
    writeFileSync(extensions, `subjectAltName=${alternativeNames}\n`);
    openssl('req', '-new', ...KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
    const authority = ['-CA', this.file, '-CAkey', join(this.folder, 'ca.key'), '-CAcreateserial'];
    openssl('x509', '-req', '-in', request, ...authority, '-out', cert, ...DAYS, '-extfile', extensions);
    writeFileSync(both, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'), { mode: 0o600 });
    return { cert, key, both };
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
