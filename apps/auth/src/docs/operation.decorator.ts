import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension } from '@nestjs/swagger';
import type { TokenKind } from '../http/token.hook.js';
import type { HeaderName } from './headers.js';
import type { SchemaName } from './schemas.js';

/** The key under which an operation stores its description for the document. */
export const OPERATION = 'x-operation';

/** What an operation answers on success. */
interface Answer {
  description: string;
  /** Absent: no body. */
  schema?: SchemaName;
  headers?: readonly HeaderName[];
}

/** How the document describes an operation; routes and methods come from the controller. */
export interface OperationDescription {
  id: string;
  summary: string;
  tag: string;
  /** Which token it needs. */
  security?: TokenKind;
  parameters?: readonly object[];
  body?: SchemaName;
  answers: Readonly<Record<number, Answer>>;
  /** Statuses of its errors. */
  errors?: readonly number[];
}

/** Describes an operation for the document, and names its token to the check of tokens. */
export const Operation = (description: OperationDescription): MethodDecorator => {
  const { security } = description;
  return applyDecorators(ApiExtension(OPERATION, description), ...(security ? [RouteConfig({ security })] : []));
};
