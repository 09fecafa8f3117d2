import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { ProcessHost } from '../processes/app-process.js';
import { freePort } from '../servers/ports.js';
import { PostgresServer } from '../servers/postgres-server.js';
import type { CertificateAuthority } from './certificates.js';

/** A role of the secured server; names, passwords and databases are letters, digits and `_`. */
export interface DatabaseRole {
  name: string;
  password: string;
}

/** Signs in by its client certificate alone. */
export const CERTIFIED_ROLE = 'contact_sync_certified';

/**
 * Who may connect: everybody by TLS and a password, one role by its certificate, all by the socket. Only the superuser may connect
 * without TLS, to make roles and databases.
 */
const RULES = `
local     all all                       scram-sha-256
hostnossl all postgres   127.0.0.1/32   scram-sha-256
hostssl   all ${CERTIFIED_ROLE} all     cert
hostssl   all all        127.0.0.1/32   scram-sha-256
hostssl   all all        ::1/128        scram-sha-256
`;

/** A PostgreSQL with TLS, on 127.0.0.1, ::1 and a socket. */
export class SecuredPostgres {
  private constructor(
    readonly server: PostgresServer,
    private readonly ca: CertificateAuthority,
  ) {}

  static async start({ folder, watchdog }: ProcessHost, ca: CertificateAuthority): Promise<SecuredPostgres> {
    const files = folder.serverFiles('secured-postgres');
    const settings = { listen_addresses: '127.0.0.1,::1', unix_socket_directories: files.dataDir };
    const identity = { port: await freePort(), password: randomBytes(16).toString('hex') };
    const server = new PostgresServer({ ...files, ...identity, durable: true, settings }, watchdog);
    await server.start();
    const secured = new SecuredPostgres(server, ca);
    secured.renewCertificate();
    secured.place('pg_hba.conf', RULES);
    await secured.asAdmin(async (admin) => {
      for (const [name, value] of Object.entries(TLS_SETTINGS)) await admin.query(`alter system set ${name} = '${value}'`);
      await admin.query('select pg_reload_conf()');
    });
    return secured;
  }

  /** The folder of the socket. */
  get socketFolder(): string {
    return this.server.options.dataDir;
  }

  /** The URL of a role, with TLS that is verified in full. */
  url({ name, password }: DatabaseRole, database: string): string {
    return `postgresql://${name}:${password}@127.0.0.1:${this.server.port}/${database}?sslmode=verify-full&sslrootcert=${this.ca.file}`;
  }

  /** Issues the server's certificate, and lets the server read it. @param alternativeNames of the certificate */
  renewCertificate(alternativeNames?: string): void {
    const own = this.ca.issue('postgres', alternativeNames);
    this.place('server.crt', readFileSync(own.cert, 'utf8'));
    this.place('server.key', readFileSync(own.key, 'utf8'));
    copyFileSync(this.ca.file, join(this.socketFolder, 'ca.crt'));
    this.own('ca.crt');
  }

  /** Runs work as the superuser. */
  async asAdmin<T>(work: (admin: pg.Client) => Promise<T>, database = 'postgres'): Promise<T> {
    const admin = new pg.Client({
      connectionString: Object.assign(new URL(this.server.adminUrl), { pathname: `/${database}` }).href,
    });
    admin.on('error', () => undefined);
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.end();
    }
  }

  /** Writes a file that only the server's account reads. */
  private place(name: string, content: string): void {
    writeFileSync(join(this.socketFolder, name), content);
    this.own(name);
  }

  private own(name: string): void {
    const { uid, gid } = statSync(this.socketFolder);
    chmodSync(join(this.socketFolder, name), 0o600);
    chownSync(join(this.socketFolder, name), uid, gid);
  }
}

const TLS_SETTINGS = { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key', ssl_ca_file: 'ca.crt' } as const;
