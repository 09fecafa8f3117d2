import { defineEntity, p } from '@mikro-orm/postgresql';

const PortalSessionSchema = defineEntity({
  name: 'PortalSession',
  tableName: 'portal_session',
  properties: {
    jti: p.uuid().primary(),
    contactId: p.bigint('number'),
    /** The login's session version when the session began; a change of it ends the session. */
    sessionVersion: p.bigint('number'),
    expiresAt: p.datetime(),
  },
});

export class PortalSession extends PortalSessionSchema.class {}

PortalSessionSchema.setClass(PortalSession);
