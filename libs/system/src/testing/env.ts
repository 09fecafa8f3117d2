/** The servers of this test run, shared by all suites. */
interface TestServers {
  /** PostgreSQL's superuser, to the database `postgres`: for what a test does to the server itself. */
  adminUrl: string;
  /** `host:port` of Kafka. */
  brokers: string[];
}

/**
 * The servers of this test run, as jest's global set-up started them.
 * @throws {Error} in a unit test, which has no servers
 */
export function testServers(servers: string | undefined = process.env['TEST_SERVERS']): TestServers {
  if (!servers) throw new Error('No test servers: they are started only for *.int-spec.ts and *.e2e-spec.ts.');
  return JSON.parse(servers) as TestServers;
}

/** The seed that this test run was given; undefined where each spec file draws its own. */
export const givenSeed = (seed: string | undefined = process.env['TEST_SEED']): number | undefined =>
  seed === undefined ? undefined : Number(seed);
