"""Figures of the review of Das Sarma, Deng and Duan 2019: phases and quantum states by learning."""
