import { javaProgram } from './servers/kafka-java.js';

/** The Java that runs the brokers. */
export const javaOf = (environment: NodeJS.ProcessEnv = process.env): string => javaProgram(environment['JAVA_HOME']);

/** This environment with a locale in which Java reads and writes names of files with any letter. */
export const withUtf8 = (environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({
  ...environment,
  ...(process.platform === 'linux' && { LC_ALL: 'C.UTF-8' }),
});
