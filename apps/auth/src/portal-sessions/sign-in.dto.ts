import { IsString } from 'class-validator';

const MUST_BE_STRING = { message: 'must be a string' };

/** Body of a sign-in. Only "two strings" is asked for: a password that could not be set is simply wrong. */
export class SignInDto {
  @IsString(MUST_BE_STRING)
  email!: string;

  @IsString(MUST_BE_STRING)
  password!: string;
}
