"""Figures of the review of Das Sarma, Deng and Duan: phases found by learning."""
