import { Query } from '@nestjs/cqrs';
import type { WrittenContact } from './written-contact.js';

export class GetContactQuery extends Query<WrittenContact> {
  constructor(readonly contactId: number) {
    super();
  }
}
