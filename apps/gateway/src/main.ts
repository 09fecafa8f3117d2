import { listenOn } from '#app/http';
import { answerVersion, InvalidSettings } from '#app/settings';
import { createGateway } from './bootstrap.js';
import { readEnv, readUnknown } from './env.js';

answerVersion();
try {
  const env = readEnv();
  for (const unknown of readUnknown()) console.error(unknown);
  const app = await createGateway(env);
  await listenOn(app, env);
} catch (error) {
  const { name, message } = error as Error;
  console.error(error instanceof InvalidSettings ? message : `The gateway could not start: ${name}: ${message}`);
  process.exit(1);
}
