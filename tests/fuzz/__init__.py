"""Files from strangers that break what reads them: one way to damage, one list of readers, one corpus."""
