import { ValidateBy, ValidateIf } from 'class-validator';

const DEFAULT_WAIT_SECONDS = '5';
const LONGEST_WAIT_SECONDS = 30;
/** A number as JSON writes it. */
const SECONDS = /^\d{1,15}(\.\d{1,20})?(e[+-]?\d{1,3})?$/i;
const VERSION = /^\d{1,16}$/;

/** Query of `GET` on a login: the version to wait for, and how long. */
export class GetPortalLoginDto {
  @ValidateIf(({ min_version }: GetPortalLoginDto) => min_version !== undefined)
  @ValidateBy(
    {
      name: 'isVersion',
      validator: { validate: (text) => typeof text === 'string' && VERSION.test(text) && Number.isSafeInteger(Number(text)) },
    },
    { message: 'must be a version: a whole number' },
  )
  min_version?: string;

  @ValidateBy(
    {
      name: 'isWait',
      validator: { validate: (text) => typeof text === 'string' && SECONDS.test(text) && Number(text) <= LONGEST_WAIT_SECONDS },
    },
    { message: `must be a number of seconds, at most ${LONGEST_WAIT_SECONDS}` },
  )
  wait = DEFAULT_WAIT_SECONDS;
}
