import { Logger } from '@nestjs/common';

// What delivery says at debug level would bury what failed.
Logger.overrideLogger(['fatal', 'error', 'warn']);
