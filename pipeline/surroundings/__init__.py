"""The city that stands: ground, buildings, trees and the occluder, made from a classified point cloud."""
