/** How the ERP of the demonstration star works by itself. */
export const demo = { options: { autoConfirmMs: 500, stockEveryNth: 8 } };
