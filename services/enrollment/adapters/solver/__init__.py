"""Graduation plans (EN-13) as integer programmes, solved to proven optimality by HiGHS."""
