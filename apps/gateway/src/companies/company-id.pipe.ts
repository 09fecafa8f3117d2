import { Injectable, type PipeTransform } from '@nestjs/common';
import { CompanyNotFound } from './company.errors.js';

/** A company's id from the path. What is no id is the id of a company that does not exist. */
@Injectable()
export class CompanyIdPipe implements PipeTransform<string, number> {
  transform(value: string): number {
    const id = /^[1-9]\d{0,15}$/.test(value) ? Number(value) : NaN;
    if (!Number.isSafeInteger(id)) throw new CompanyNotFound();
    return id;
  }
}
