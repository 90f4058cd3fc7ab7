"""The services as pages call them: generated stubs on the gateway's connections."""

from collections.abc import Mapping
from typing import Any

from zikao.enrollment.v1.catalogue_service_pb2_grpc import CatalogueServiceStub
from zikao.enrollment.v1.enrollment_service_pb2_grpc import EnrollmentServiceStub
from zikao.enrollment.v1.practice_service_pb2_grpc import PracticeServiceStub
from zikao.identity.v1.candidate_service_pb2_grpc import CandidateServiceStub
from zikao.identity.v1.case_candidate_service_pb2_grpc import CaseCandidateServiceStub
from zikao.identity.v1.correction_service_pb2_grpc import CorrectionServiceStub
from zikao.identity.v1.external_system_service_pb2_grpc import ExternalSystemServiceStub as IdentityOutsideStub
from zikao.identity.v1.login_service_pb2_grpc import LoginServiceStub
from zikao.identity.v1.staff_service_pb2_grpc import StaffServiceStub
from zikao.payment.v1.external_system_service_pb2_grpc import ExternalSystemServiceStub as PaymentOutsideStub
from zikao.payment.v1.payment_service_pb2_grpc import PaymentServiceStub
from zikao.payment.v1.settlement_service_pb2_grpc import SettlementServiceStub
from zikao.review.v1.external_system_service_pb2_grpc import ExternalSystemServiceStub as ReviewOutsideStub
from zikao.review.v1.review_service_pb2_grpc import ReviewServiceStub

from chassis.rpc.client import Peers


class Services:
    """One stub per contract."""

    def __init__(self, peers: Peers) -> None:
        self.candidates = CandidateServiceStub(peers.identity)
        self.case_candidates = CaseCandidateServiceStub(peers.identity)
        self.corrections = CorrectionServiceStub(peers.identity)
        self.logins = LoginServiceStub(peers.identity)
        self.staff = StaffServiceStub(peers.identity)
        self.catalogue = CatalogueServiceStub(peers.enrollment)
        self.enrollment = EnrollmentServiceStub(peers.enrollment)
        self.practice = PracticeServiceStub(peers.enrollment)
        self.payment = PaymentServiceStub(peers.payment)
        self.settlement = SettlementServiceStub(peers.payment)
        self.review = ReviewServiceStub(peers.review)
        self.outside: Mapping[str, Any] = {
            "payment": PaymentOutsideStub(peers.payment),
            "identity": IdentityOutsideStub(peers.identity),
            "review": ReviewOutsideStub(peers.review),
        }
