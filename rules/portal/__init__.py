"""What the reads at a dock door say: who came in, who left, who only stood there."""
