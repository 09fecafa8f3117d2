import { generateKeyPairSync } from 'node:crypto';
import { Drain, EdgeModule } from '#app/http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { pino } from 'pino';
import { readEnv } from './env.js';
import { GatewayModule } from './gateway.module.js';
import { openApiDocument } from './edge/document.js';

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Settings without effect: a previewed application creates no part. */
const NOWHERE = {
  GATEWAY_DATABASE_URL: 'postgres://nobody@localhost/nowhere',
  GATEWAY_SECRET: Buffer.alloc(32).toString('base64url'),
  KAFKA_BROKERS: 'localhost:9092',
  CREDENTIAL_PUBLIC_KEYS: JSON.stringify({ keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: 'none' }] }),
};

/** The gateway's routes only: it reaches no server, and answers no request. */
export function previewGateway(adapter = new FastifyAdapter()): Promise<NestFastifyApplication> {
  const module = EdgeModule.around(GatewayModule.register(readEnv(NOWHERE), pino({ level: 'silent' })), new Drain(0));
  return NestFactory.create<NestFastifyApplication>(module, adapter, { preview: true, abortOnError: false, logger: false });
}

/** The OpenAPI document, made without a server, after a round trip through JSON. */
export async function offlineDocument(): Promise<OpenAPIObject> {
  const app = await previewGateway();
  try {
    return JSON.parse(JSON.stringify(openApiDocument(app))) as OpenAPIObject;
  } finally {
    await app.close();
  }
}
