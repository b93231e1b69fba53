"""Promised calls and appointments of an insured person. Paths are in French, names in English."""

from django.urls import URLPattern, path

from outreach.my_appointments import views

urlpatterns: list[URLPattern] = [
    path("mon-espace/rendez-vous/", views.my_appointments, name="my-appointments"),
    path("mon-espace/rendez-vous/<uuid:public_id>/", views.my_appointment, name="my-appointment"),
    path("mon-espace/rendez-vous/<uuid:public_id>/agenda.ics", views.appointment_ics, name="my-appointment-ics"),
    path("mon-espace/rappels/<int:task_id>/", views.my_callback, name="my-callback"),
    path("mon-espace/rappels/<int:task_id>/agenda.ics", views.callback_ics, name="my-callback-ics"),
    path("mon-espace/ne-plus-appeler/", views.stop_my_calls, name="stop-my-calls"),
]
