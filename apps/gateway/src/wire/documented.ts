import { ApiExtension } from '@nestjs/swagger';
import { parameterReference, type ParameterName } from './parameters.js';

/** The key under which operations store their parameters for the document. */
export const PARAMETERS_OF = 'x-parameters';
/** The key under which operations store their kind of write. */
export const WRITE_KIND = 'x-write';

/** Query parameters and headers of an operation beyond those of its kind. */
export const Reads = (...names: ParameterName[]): MethodDecorator => ApiExtension(PARAMETERS_OF, names.map(parameterReference));

/** Makes a parameter decorator document what it reads. */
export const documentedBy =
  (read: ParameterDecorator, extension: string, value: unknown): ParameterDecorator =>
  (target, name, index) => {
    read(target, name, index);
    const method = Object.getOwnPropertyDescriptor(target, name!)!;
    ApiExtension(extension, value)(target, name, method);
  };
