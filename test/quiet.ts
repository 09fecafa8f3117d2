import { Logger } from '@nestjs/common';

// The debug lines of messaging would hide the failure.
Logger.overrideLogger(['fatal', 'error', 'warn']);
