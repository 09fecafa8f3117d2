import { validationFailed, type FieldErrors } from '#app/http';

/** Body of a sign-in. */
export interface SignInDto {
  email: string;
  password: string;
}

/**
 * Reads a sign-in. Form is not judged beyond "two strings": a password that could not be set is simply wrong.
 * @throws {ApiError} 422 naming each field that is no string
 */
export function readSignIn(body: Readonly<Record<string, unknown>>): SignInDto {
  const { email, password } = body;
  if (typeof email === 'string' && typeof password === 'string') return { email, password };
  const errors: FieldErrors = {};
  if (typeof email !== 'string') errors['email'] = ['must be a string'];
  if (typeof password !== 'string') errors['password'] = ['must be a string'];
  throw validationFailed(errors);
}
