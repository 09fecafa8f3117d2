import { ApiExtension } from '@nestjs/swagger';
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
  security?: 'accessToken' | 'operatorToken';
  parameters?: readonly object[];
  body?: SchemaName;
  answers: Readonly<Record<number, Answer>>;
  /** Statuses of its errors. */
  errors?: readonly number[];
}

/** Describes an operation for the document. */
export const Operation = (description: OperationDescription): MethodDecorator => ApiExtension(OPERATION, description);
