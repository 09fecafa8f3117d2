import { javaProgram } from './servers/kafka-java.js';

/** The Java that runs the brokers. */
export const javaOf = (environment: NodeJS.ProcessEnv = process.env): string => javaProgram(environment['JAVA_HOME']);
