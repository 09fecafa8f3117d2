import { generateKeyPairSync } from 'node:crypto';
import { Drain, EdgeModule } from '#app/http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { pino } from 'pino';
import { AuthModule } from '../auth.module.js';
import { readEnv } from '../env.js';
import { openApiDocument } from './document.js';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'none' }] });

/** Settings without effect: a previewed application creates no part. */
const NOWHERE = {
  AUTH_DATABASE_URL: 'postgres://nobody@localhost/nowhere',
  KAFKA_BROKERS: 'localhost:9092',
  CREDENTIAL_PRIVATE_KEYS: keys,
  TOKEN_SIGNING_KEYS: keys,
};

/** The auth app's routes only: it reaches no server, and answers no request. */
export function previewAuth(adapter = new FastifyAdapter()): Promise<NestFastifyApplication> {
  const module = EdgeModule.around(AuthModule.register(readEnv(NOWHERE), pino({ level: 'silent' })), new Drain(0));
  return NestFactory.create<NestFastifyApplication>(module, adapter, { preview: true, abortOnError: false, logger: false });
}

/** The OpenAPI document, made without a server, after a round trip through JSON. */
export async function offlineDocument(): Promise<OpenAPIObject> {
  const app = await previewAuth();
  try {
    return JSON.parse(JSON.stringify(openApiDocument(app))) as OpenAPIObject;
  } finally {
    await app.close();
  }
}
