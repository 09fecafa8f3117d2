import { createGateway } from './bootstrap.js';
import { InvalidSettings, readEnv, type GatewayEnv } from './env.js';

const env = readSettings();
const app = await createGateway(env);
await app.listen(env.port, '0.0.0.0');

function readSettings(): GatewayEnv {
  try {
    return readEnv();
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
