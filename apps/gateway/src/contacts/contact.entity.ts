import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Company } from '../companies/company.entity.js';
import { Tag } from '../tags/tag.entity.js';
import { ContactCompany } from './contact-company.entity.js';
import { emailKeyOf, FLAGS, namedCompanies, TEXT_FIELDS, touchesFlags, type ContactPatch } from './contact.patch.js';

const ContactSchema = defineEntity({
  name: 'Contact',
  tableName: 'contact',
  properties: {
    id: p.bigint('number').primary(),
    version: p.bigint('number'),
    /** Version of the login; outlives a removed login, so that one made again goes on from it. */
    loginVersion: p.bigint('number'),
    hasPortalLogin: p.boolean(),
    firstName: p.text().nullable(),
    lastName: p.text().nullable(),
    email: p.text().nullable(),
    emailKey: p.text().nullable(),
    phone1: p.text().fieldName('phone_1').nullable(),
    phone2: p.text().fieldName('phone_2').nullable(),
    receivingBankName: p.text().nullable(),
    receivingBankAddress: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** The database's clock when the row was read: the time of a change made under its lock. */
    lockedAt: p.datetime().formula('clock_timestamp()').persist(false),
    places: () => p.oneToMany(ContactCompany).mappedBy('contact').orderBy({ position: 'asc' }).orphanRemoval(),
    tags: () => p.manyToMany(Tag).pivotTable('contact_tag').joinColumn('contact_id').inverseJoinColumn('tag_id'),
  },
});

/** Companies and tags that a patch names, found in the database. */
export interface PatchReferences {
  companies: ReadonlyMap<number, Company>;
  tags: readonly Tag[] | undefined;
}

/** A person at one or more companies. */
export class Contact extends ContactSchema.class {
  /** Places in the order of the companies, the main one first. */
  orderedPlaces(): ContactCompany[] {
    return this.places.getItems().sort((a, b) => a.position - b.position);
  }

  /** Id of the main company. */
  mainCompanyId(): number | undefined {
    return this.orderedPlaces()[0]?.company.id;
  }

  /** The companies that a patch's flags apply to. */
  flaggedCompanies(patch: ContactPatch): number[] {
    const main = this.mainCompanyId();
    return namedCompanies(patch) ?? (main === undefined ? [] : [main]);
  }

  /** Whether a patch takes or leaves a place, or takes a primary flag: what needs the companies locked. */
  movesPlaces(patch: ContactPatch): boolean {
    if (namedCompanies(patch) === undefined && patch.isPrimary !== true) return false;
    const target = this.targetCompanies(patch);
    const current = this.orderedPlaces().map((place) => place.company.id);
    if (target && (target.length !== current.length || target.some((id, index) => id !== current[index]))) return true;
    if (patch.isPrimary !== true) return false;
    const primary = new Set(
      this.places
        .getItems()
        .filter((place) => place.isPrimary)
        .map((place) => place.company.id),
    );
    return this.flaggedCompanies(patch).some((id) => !primary.has(id));
  }

  /** Takes over what the patch says of texts, places, flags and tags. Pure of I/O: what it names is in `references`. */
  applyPatch(patch: ContactPatch, references: PatchReferences): void {
    for (const field of TEXT_FIELDS) {
      const value = patch[field];
      if (value !== undefined) this[field] = value;
    }
    if (patch.email !== undefined) this.emailKey = emailKeyOf(patch.email);
    const target = this.targetCompanies(patch);
    if (target) this.moveTo(target.map((id) => references.companies.get(id)!));
    if (touchesFlags(patch)) this.setFlags(patch);
    if (references.tags) this.tags.set([...references.tags]);
  }

  /** Companies that the contact has after the patch; undefined where they stay. */
  private targetCompanies({ companyId, companyIds }: ContactPatch): number[] | undefined {
    if (companyIds) return companyIds;
    return companyId === undefined || companyId === this.mainCompanyId() ? undefined : [companyId];
  }

  private moveTo(companies: Company[]): void {
    const former = new Map(this.places.getItems().map((place) => [place.company.id, place]));
    const main = this.orderedPlaces()[0];
    const next = companies.map((company, position) => {
      const kept = former.get(company.id);
      if (!kept) return this.newPlace(company, position, main);
      kept.position = position;
      return kept;
    });
    for (const place of former.values()) if (!next.includes(place)) this.places.remove(place);
    for (const place of next) if (!former.has(place.company.id)) this.places.add(place);
  }

  private newPlace(company: Company, position: number, like: ContactCompany | undefined): ContactCompany {
    const place = new ContactCompany();
    return Object.assign(place, {
      contact: this,
      company,
      position,
      isPrimary: false,
      receiveQuotationPdf: like?.receiveQuotationPdf ?? false,
      receivePurchaseOrderPdf: like?.receivePurchaseOrderPdf ?? false,
      receivePurchaseOrderInvoicePdf: like?.receivePurchaseOrderInvoicePdf ?? false,
    });
  }

  private setFlags(patch: ContactPatch): void {
    const flagged = new Set(this.flaggedCompanies(patch));
    for (const place of this.places.getItems()) {
      if (!flagged.has(place.company.id)) continue;
      for (const flag of FLAGS) {
        const value = patch[flag];
        if (value !== undefined) place[flag] = value;
      }
    }
  }
}

ContactSchema.setClass(Contact);
