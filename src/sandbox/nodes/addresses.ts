/**
 * Where addresses of the cluster are found on this machine. API servers refuse loopback addresses
 * in endpoints, so pods and Services have addresses in 10/8 and are reached in 127/8.
 */

/** `10.a.b.c` is reached as `127.a.b.c`; every other address as it is. */
export function reachableAddress(address: string): string {
  return /^10\.\d+\.\d+\.\d+$/.test(address) ? `127${address.slice(2)}` : address;
}

/** The `index`th pod address of network `10.octet`, never one that ends in .0 or .255. */
export function podAddress(octet: number, index: number): string {
  const third = 1 + (Math.floor(index / 254) % POD_THIRD_OCTETS);
  return `10.${octet}.${third}.${1 + (index % 254)}`;
}

const POD_THIRD_OCTETS = 254;
/** How many pod addresses a network has. */
export const POD_ADDRESSES = POD_THIRD_OCTETS * 254;
