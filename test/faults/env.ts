import { javaProgram } from '#app/system';

/** The program that runs the brokers. */
export const java = (environment: NodeJS.ProcessEnv = process.env): string => javaProgram(environment['JAVA_HOME']);
