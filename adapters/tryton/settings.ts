/** The settings of one system, as `adapter.yaml` describes them. */
export type Settings = {
  url: string;
  database: string;
  user: string;
  password: string;
  language?: string;
  accountCategory?: string;
  orderStateOnCreate?: "draft" | "quotation" | "confirmed";
  lineTaxes?: "product" | "none";
  freightProduct?: string;
  feeProduct?: string;
  warehouse?: string;
};
