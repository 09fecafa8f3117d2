import type { Check, Part } from './check.js';
import { COMPOSE_CHECKS } from './compose.checks.js';
import { DELIVERY_CHECKS } from './delivery.checks.js';
import { FAULT_CHECKS } from './fault.checks.js';
import { KAFKA_CHECKS } from './kafka.checks.js';
import { POSTGRES_CHECKS } from './postgres.checks.js';
import { RENEWAL_CHECKS } from './renewal.checks.js';
import { RIGHTS_CHECKS } from './rights.checks.js';
import { SIGN_IN_CHECKS } from './sign-in.checks.js';
import { TOOL_CHECKS } from './tool.checks.js';
import { TOPIC_RIGHT_CHECKS } from './topic-right.checks.js';

/** Every check, by part, in order. */
export const CHECKS: Readonly<Record<Part, readonly Check[]>> = {
  'sign-ins': SIGN_IN_CHECKS,
  delivery: DELIVERY_CHECKS,
  tools: TOOL_CHECKS,
  rights: [...RIGHTS_CHECKS, ...TOPIC_RIGHT_CHECKS],
  renewal: RENEWAL_CHECKS,
  postgres: POSTGRES_CHECKS,
  kafka: KAFKA_CHECKS,
  compose: COMPOSE_CHECKS,
  faults: FAULT_CHECKS,
};
