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

/** What the log says about an answered request. */
export type RequestLine = Readonly<Record<string, unknown>>;

/**
 * Writes the lines of answered requests, in the form of all other lines. They have no error and no nested value: written past pino's
 * bindings, serializers and mixin, a line costs a quarter.
 */
export function requestLog(logger: Logger): (line: RequestLine) => void {
  const { name } = logger.bindings() as { name?: string };
  const output = (logger as unknown as Record<symbol, { write(line: string): void }>)[pino.symbols.streamSym]!;
  return (line) => {
    if (!logger.isLevelEnabled('info')) return;
    output.write(`${JSON.stringify({ level: 'info', time: new Date().toISOString(), name, ...line, msg: 'request' })}\n`);
  };
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
