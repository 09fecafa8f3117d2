import { listenOn } from '#app/http';
import { answerVersion, InvalidSettings } from '#app/settings';
import { createAuth } from './bootstrap.js';
import { readEnv, readUnknown, type AuthEnv } from './env.js';

answerVersion();
const env = readSettings();
for (const unknown of readUnknown()) console.error(unknown);
const app = await createAuth(env);
await listenOn(app, env);

function readSettings(): AuthEnv {
  try {
    return readEnv();
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
