import { describeError } from '#app/postgres';
import type { LogLevel } from '#app/settings';
import { LoggerModule } from 'nestjs-pino';
import { pino, type Logger } from 'pino';
import { LogOutput } from './log-output.js';
import { currentContext } from './request-context.js';

/** A logger that writes JSON lines to standard output, each with the id of the request that led to it. */
export function createLogger(name: string, level: LogLevel): Logger {
  return pino(
    {
      name,
      level,
      base: { name },
      messageKey: 'msg',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => currentContext() ?? {},
      serializers: { err: describeError },
    },
    new LogOutput(
      1,
      (lost) => `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), name, lost, msg: 'Log lines were lost.' })}\n`,
    ),
  );
}

/**
 * Nest's logger over this one; requests are logged by the HTTP edge, not by a middleware.
 * Trap: pino-http puts an error serializer of its own in front, which would show a database error's text.
 */
export const loggerModule = (logger: Logger) =>
  LoggerModule.forRoot({
    pinoHttp: { logger, serializers: { err: ({ raw }: { raw: unknown }) => describeError(raw) } },
    forRoutes: [],
  });
