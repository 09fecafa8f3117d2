import type { TagSnapshot } from '@app/contracts';
import type { Company } from './company.entity.js';

/** A company as answers show it; its tags come sorted. */
export function companySnapshot(company: Company, tags: readonly TagSnapshot[]) {
  const { address, addressLine2, city, state, postalCode, country } = company;
  return {
    id: company.id,
    name: company.name,
    status: 'active',
    phone: company.phone ?? null,
    address: address ?? null,
    address_line_2: addressLine2 ?? null,
    city: city ?? null,
    state: state ?? null,
    postal_code: postalCode ?? null,
    country: country ?? null,
    full_address: [address, addressLine2, city, state, postalCode, country].filter((part) => part != null).join(', ') || null,
    notes: company.notes ?? null,
    tags: [...tags],
    created_at: company.createdAt.toISOString(),
    updated_at: company.updatedAt.toISOString(),
  };
}

/** A company as answers show it. */
export type CompanySnapshot = ReturnType<typeof companySnapshot>;
