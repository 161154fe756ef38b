"""Figures of the review of Das Sarma, Deng and Duan: phases, and quantum states of machines."""
