import { defineEntity, p } from '@mikro-orm/postgresql';

/** The constraint that decides which contact gets a login email. */
export const LOGIN_EMAIL_CONSTRAINT = 'portal_login_email_taken';

const PortalLoginSchema = defineEntity({
  name: 'PortalLogin',
  tableName: 'portal_login',
  properties: {
    contactId: p.bigint('number').primary(),
    email: p.text(),
    emailKey: p.text(),
    credential: p.text(),
  },
});

/** A contact's claim on a login email, with the credential sealed for the auth app. */
export class PortalLogin extends PortalLoginSchema.class {}

PortalLoginSchema.setClass(PortalLogin);
