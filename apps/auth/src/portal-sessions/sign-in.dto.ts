import { IsString } from 'class-validator';

const MUST_BE_STRING = { message: 'must be a string' };

/** Body of a sign-in. It only has to be two strings: a password that cannot be set is wrong, not malformed. */
export class SignInDto {
  @IsString(MUST_BE_STRING)
  email!: string;

  @IsString(MUST_BE_STRING)
  password!: string;
}
