import { Injectable, type PipeTransform } from '@nestjs/common';
import { ContactNotFound } from './contact.errors.js';

/** A contact's id from the path. What is no id is the id of a contact that does not exist. */
@Injectable()
export class ContactIdPipe implements PipeTransform<string, number> {
  transform(value: string): number {
    const id = /^[1-9]\d{0,15}$/.test(value) ? Number(value) : NaN;
    if (!Number.isSafeInteger(id)) throw new ContactNotFound();
    return id;
  }
}
