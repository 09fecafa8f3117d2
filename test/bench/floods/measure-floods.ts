import { Connection } from '../connection.js';
import { runRound, type Round, type Target } from '../load.js';
import { createLogins, LOGINS } from '../login-latency.js';
import type { RoundOptions } from '../options.js';
import { seedGateway } from '../seed.js';
import type { Bench } from '../system.js';
import { flooded, type FloodResult, type FloodTarget } from './password-flood.js';

const WARM_UP_SECONDS = 3;
const CONTACTS_PATH = '/external/api/v1/contacts';
/** The first flooded contact, behind the contacts that the load updates. */
const FLOODED_CONTACT = 9_000;

/** Figures of a run. */
export interface FloodMeasurements {
  calm: Round[];
  /** Rounds during a flood of new passwords, and during a flood of sign-ins. */
  setting: Round[];
  signingIn: Round[];
  floods: { setting: FloodResult; signingIn: FloodResult };
  /** Times of failed sign-ins, by turns for an email with a login and without. */
  known: number[];
  unknown: number[];
}

/** Measures updates during floods of passwords, and whether the time of a failed sign-in shows that a login exists. */
export async function measureFloods(options: RoundOptions, bench: Bench): Promise<FloodMeasurements> {
  const { say } = bench;
  await seedGateway(bench.gatewayDatabaseUrl);
  const gateway: Target = { name: 'The gateway', port: bench.gatewayPort, path: CONTACTS_PATH, token: bench.apiToken };
  await createLogins(gateway, bench.authDatabaseUrl);
  say(`Timing ${options.logins} failed sign-ins of each kind …`);
  const times = await timeSignIns(bench, options.logins);
  const measured: FloodMeasurements = {
    ...times,
    calm: [],
    setting: [],
    signingIn: [],
    floods: { setting: none(), signingIn: none() },
  };
  await runRound(gateway, WARM_UP_SECONDS);
  for (let round = 1; round <= options.rounds; round++) {
    measured.calm.push(await runRound(gateway, options.seconds));
    const setting = await flooded(settingPasswords(bench), () => runRound(gateway, options.seconds));
    const signingIn = await flooded(signingIns(bench), () => runRound(gateway, options.seconds));
    add(measured.floods.setting, setting.flood);
    add(measured.floods.signingIn, signingIn.flood);
    measured.setting.push(setting.result);
    measured.signingIn.push(signingIn.result);
    const rates = [measured.calm, measured.setting, measured.signingIn].map((rounds) =>
      Math.round(rounds.at(-1)!.updatesPerSecond),
    );
    say(`Round ${round} of ${options.rounds}: calm ${rates[0]}, passwords set ${rates[1]}, sign-ins ${rates[2]} updates/s`);
  }
  return measured;
}

async function timeSignIns({ authPort }: Bench, tries: number): Promise<Pick<FloodMeasurements, 'known' | 'unknown'>> {
  const connection = await Connection.open(authPort);
  const times = { known: [] as number[], unknown: [] as number[] };
  const time = async (email: string): Promise<number> => {
    const began = performance.now();
    const { status, body } = await connection.post(
      '/portal/sessions',
      'none',
      JSON.stringify({ email, password: 'a wrong password' }),
    );
    if (status !== 401) throw new Error(`The auth app answered ${status}: ${body}`);
    return performance.now() - began;
  };
  for (let n = 0; n < 10; n++) await time('warm-up@example.com');
  for (let n = 0; n < tries; n++) {
    times.known.push(await time(`anna.${1 + (n % LOGINS)}@example.com`));
    times.unknown.push(await time(`nobody.${1 + (n % LOGINS)}@example.com`));
  }
  connection.close();
  return times;
}

let serial = 0;

const settingPasswords = ({ gatewayPort, apiToken }: Bench): FloodTarget => ({
  port: gatewayPort,
  token: apiToken,
  hashedAs: [200],
  next: () => ({
    path: `${CONTACTS_PATH}/${FLOODED_CONTACT + (++serial % 500)}/password`,
    body: { password: `secret ${serial}` },
  }),
});

const signingIns = ({ authPort }: Bench): FloodTarget => ({
  port: authPort,
  token: 'none',
  hashedAs: [401],
  next: () => ({ path: '/portal/sessions', body: { email: `nobody.${++serial}@example.com`, password: 'a wrong password' } }),
});

const none = (): FloodResult => ({ hashed: 0, refused: 0 });

function add(sum: FloodResult, { hashed, refused }: FloodResult): void {
  sum.hashed += hashed;
  sum.refused += refused;
}
