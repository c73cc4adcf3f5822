"""What holds of every journey on a pathway: of any length, whatever is recorded."""

from hscpath.proof.claims import Claim, ClaimStatus, Overlap, Proof, claims, prove
from hscpath.proof.search import Evidence

__all__ = ["Claim", "ClaimStatus", "Evidence", "Overlap", "Proof", "claims", "prove"]
