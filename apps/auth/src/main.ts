import { InvalidSettings } from '#app/settings';
import { createAuth } from './bootstrap.js';
import { readEnv, type AuthEnv } from './env.js';

const env = readSettings();
const app = await createAuth(env);
await app.listen(env.port, '0.0.0.0');

function readSettings(): AuthEnv {
  try {
    return readEnv();
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
