"""What holds of every journey on a pathway: of any length, whatever is recorded."""

from hscpath.proof.claims import Claim, Outcome, Overlap, Proof, claims, prove

__all__ = ["Claim", "Outcome", "Overlap", "Proof", "claims", "prove"]
