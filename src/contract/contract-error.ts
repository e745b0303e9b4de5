/** A document (manifest, result, run record) or an environment that does not keep the contract. Never a fault of the network. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}
