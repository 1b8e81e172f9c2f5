import type { JsonObject } from "../../src/adapter-kit/index.ts";
import { toDecimal } from "./money.ts";
import { present } from "./native.ts";
import type { OrderAnswer, PaymentAnswer, RefundAnswer } from "./native-order.ts";

function nativePayment(order: OrderAnswer, payment: PaymentAnswer, digits: number): JsonObject {
  return present({
    id: payment.id,
    number: `${order.code}-${payment.id}`,
    orderId: order.id,
    customerId: order.customer?.id,
    method: payment.method,
    amount: toDecimal(payment.amount, digits),
    currencyCode: order.currencyCode,
    state: payment.state,
    transactionId: payment.transactionId,
    createdAt: payment.createdAt,
    refunds: payment.refunds.map((refund) => nativeRefund(refund, digits)),
  });
}

function nativeRefund(refund: RefundAnswer, digits: number): JsonObject {
  return present({
    id: refund.id,
    amount: toDecimal(-refund.total, digits),
    state: refund.state,
    transactionId: refund.transactionId,
    createdAt: refund.createdAt,
    reason: refund.reason,
  });
}

/** Every payment of the order, and every refund as a payment of its own with a negative amount. */
export function paymentsOf(order: OrderAnswer, digits: number): { localId: string; native: JsonObject }[] {
  return (order.payments ?? []).flatMap((payment) => {
    const { refunds: _refunds, ...native } = nativePayment(order, payment, digits);
    const refunds = payment.refunds.map((refund) => ({
      localId: `${order.id}/refund-${refund.id}`,
      native: {
        ...native,
        ...nativeRefund(refund, digits),
        number: `${order.code}-${payment.id}-R${refund.id}`,
        refundOf: payment.id,
      },
    }));
    return [{ localId: `${order.id}/${payment.id}`, native }, ...refunds];
  });
}
