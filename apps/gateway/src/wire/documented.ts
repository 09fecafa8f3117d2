import { ApiExtension } from '@nestjs/swagger';
import { parameterReference, type ParameterName } from './parameters.js';

/** Where operations leave their parameters for the document. */
export const PARAMETERS_OF = 'x-parameters';
/** Where operations leave what kind of write they are. */
export const WRITE_KIND = 'x-write';

/** Query parameters and headers that an operation reads beside those of its kind. */
export const Reads = (...names: ParameterName[]): MethodDecorator => ApiExtension(PARAMETERS_OF, names.map(parameterReference));

/** Has a parameter decorator document what it reads. */
export const documentedBy =
  (read: ParameterDecorator, extension: string, value: unknown): ParameterDecorator =>
  (target, name, index) => {
    read(target, name, index);
    const method = Object.getOwnPropertyDescriptor(target, name!)!;
    ApiExtension(extension, value)(target, name, method);
  };
