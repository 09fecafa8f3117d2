/** What callers say of a company; absent is null at creation. */
export interface CompanyFields {
  name: string;
  phone?: string | null;
  address?: string | null;
  addressLine2?: string | null;
  city?: string | null;
  state?: string | null;
  postalCode?: string | null;
  country?: string | null;
  notes?: string | null;
}
