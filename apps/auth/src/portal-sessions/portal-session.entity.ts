import { defineEntity, p } from '@mikro-orm/postgresql';

const PortalSessionSchema = defineEntity({
  name: 'PortalSession',
  tableName: 'portal_session',
  properties: {
    jti: p.uuid().primary(),
    contactId: p.bigint('number'),
    /** The login's session version when the session began; another one now, and the session is over. */
    sessionVersion: p.bigint('number'),
    expiresAt: p.datetime(),
  },
});

/** A session that someone has signed in to. */
export class PortalSession extends PortalSessionSchema.class {}

PortalSessionSchema.setClass(PortalSession);
